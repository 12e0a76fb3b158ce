import { ICONS, type IconName } from './icons';

/** A line drawing; says nothing to a screen reader, the words beside it do. */
export function Icon({ name, size = 22 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" width={size} height={size} aria-hidden="true">
      <path d={ICONS[name]} />
    </svg>
  );
}
