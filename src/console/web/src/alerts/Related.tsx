import { get } from '../app/http';
import type { Schema } from '../app/http';
import { useLoad } from '../app/load';
import { useWords } from '../app/words';
import { AlertLines } from '../parts/AlertLines';
import { Card } from '../parts/Card';

const SHOWN = 10;

/** What else there is of the same machine; the same incident is told by the timeline. */
export function Related({ alert }: { alert: Schema<'AlertDetail'> }) {
  const { t } = useWords();
  const query = { asset: alert.server?.asset ?? alert.client?.asset ?? '', size: SHOWN };
  const list = useLoad(JSON.stringify(query), (signal) => get('/api/v1/alerts', { query, signal }));
  const rows = (list.data?.items ?? []).filter((row) => row.id !== alert.id);
  return (
    <Card title={t('console.related.machine')}>
      {list.data && rows.length === 0 && <p className="weak">{t('console.related.none')}</p>}
      <AlertLines rows={rows} />
    </Card>
  );
}
