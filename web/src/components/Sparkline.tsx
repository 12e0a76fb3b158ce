import { useEffect, useRef, useState } from 'preact/hooks';
import { hubNow } from '../api/client';
import type { History } from '../api/types';
import { sparkline } from '../state/history';

const [WIDTH, HEIGHT] = [72, 24];

/** A path through the points, broken where nothing is known. */
export function sparkPath(points: History['points'], width: number, height: number): string {
  const known = points.filter((point): point is [number, number] => point[1] !== null);
  if (known.length < 2) return '';
  const values = known.map(([, value]) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const [from, to] = [points[0]?.[0] ?? 0, points.at(-1)?.[0] ?? 1];
  let pen = 'M';
  let path = '';
  for (const [time, value] of points) {
    if (value === null) {
      pen = 'M';
      continue;
    }
    const x = ((time - from) / Math.max(1, to - from)) * (width - 2) + 1;
    const y = high === low ? height / 2 : height - 2 - ((value - low) / (high - low)) * (height - 4);
    path += `${pen}${x.toFixed(1)} ${y.toFixed(1)}`;
    pen = 'L';
  }
  return path;
}

/** The last day, small; asked for when it comes into view. */
export function Sparkline({ entity }: { entity: string }) {
  const element = useRef<HTMLSpanElement>(null);
  const [path, setPath] = useState('');

  useEffect(() => {
    const box = element.current;
    if (!box) return;
    let gone = false;
    const watcher = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        watcher.disconnect();
        sparkline(entity, hubNow()).then(
          (history) => {
            if (!gone) setPath(sparkPath(history.points, WIDTH, HEIGHT));
          },
          // No curve is no harm; the details say why when they are opened.
          () => {},
        );
      },
      { rootMargin: '100px' },
    );
    watcher.observe(box);
    return () => {
      gone = true;
      watcher.disconnect();
    };
  }, [entity]);

  return (
    <span ref={element} class="spark">
      {path && (
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} height={HEIGHT} aria-hidden="true">
          <path d={path} />
        </svg>
      )}
    </span>
  );
}
