import type { Schema } from '../app/http';
import { useWords } from '../app/words';

type AlertRow = Schema<'AlertRow'>;

/** Where an alert stands: new, acknowledged, or how it was closed. */
export function StateMark({ row }: { row: Pick<AlertRow, 'state' | 'closing'> }) {
  const { t } = useWords();
  const text = row.state === 'closed' && row.closing ? t(`closing.${row.closing}`) : t(`state.${row.state}`);
  const kind = row.state === 'closed' && row.closing === 'incident' ? 'incident' : row.state;
  return <span className={`state-mark state-${kind}`}>{text}</span>;
}
