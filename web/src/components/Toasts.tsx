import { t } from '../i18n';
import { dismissToast, toasts } from '../state/toast';
import { Icon } from './Icon';

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map((toast) => (
        <div key={toast.id} class={`toast ${toast.tone}`}>
          <span>{toast.text}</span>
          <button
            type="button"
            class="plain round"
            aria-label={t('common.dismiss')}
            onClick={() => dismissToast(toast.id)}
          >
            <Icon name="close" size={18} />
          </button>
        </div>
      ))}
    </div>
  );
}
