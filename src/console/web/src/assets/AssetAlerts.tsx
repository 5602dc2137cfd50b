import { get } from '../app/http';
import { useLoad } from '../app/load';
import { useWords } from '../app/words';
import { AlertLines } from '../parts/AlertLines';
import { Card } from '../parts/Card';

const SHOWN = 10;

/** What happened to a machine and what it did, the latest first. */
export function AssetAlerts({ id }: { id: string }) {
  const { t, count } = useWords();
  const list = useLoad(id, (signal) => get('/api/v1/alerts', { query: { asset: id, size: SHOWN }, signal }));
  const rows = list.data?.items ?? [];
  return (
    <Card title={t('console.alerts.title')} aside={list.data && <span className="weak">{count('console.alerts.found', list.data.total)}</span>}>
      {list.data && rows.length === 0 && <p className="weak">{t('console.asset_alerts.none')}</p>}
      <AlertLines rows={rows} withState />
    </Card>
  );
}
