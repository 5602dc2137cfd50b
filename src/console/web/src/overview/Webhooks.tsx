import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';
import { Sign } from '../parts/Sign';
import type { SignKind } from '../parts/Sign';

type Webhook = Schema<'SinkStatus'>;

/** Where alerts are sent on to. */
export function Webhooks({ webhooks }: { webhooks: Webhook[] }) {
  const { t, number } = useWords();
  return (
    <Card title={t('console.webhooks.title')}>
      {webhooks.length === 0 && <p className="weak">{t('console.webhooks.none')}</p>}
      <ul className="rows">
        {webhooks.map((webhook) => (
          <li key={webhook.name}>
            <p>
              <Sign kind={kindOf(webhook)} /> <strong>{webhook.name}</strong>{' '}
              <span className="weak">
                {t('console.webhooks.counts', { delivered: number(webhook.delivered), waiting: number(webhook.waiting) })}
              </span>
            </p>
            {webhook.off && <p>{t('console.webhooks.off')}</p>}
            {webhook.last_error && (
              <p className="row-problem">
                {t('console.last_error')} <code>{webhook.last_error}</code>
              </p>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function kindOf(webhook: Webhook): SignKind {
  if (webhook.off) return 'bad';
  return webhook.last_error ? 'notice' : 'good';
}
