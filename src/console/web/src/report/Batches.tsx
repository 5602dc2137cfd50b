import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';
import { Moment } from '../parts/Moment';
import { Sign } from '../parts/Sign';
import type { SignKind } from '../parts/Sign';
import { Record } from './Record';

type Batch = Schema<'BatchView'>;

const SIGNS: { [state: string]: SignKind } = { accepted: 'good', rejected: 'bad' };

/** What was sent, kept exactly as it was sent. */
export function Batches({ batches }: { batches: Batch[] }) {
  const { t } = useWords();
  return (
    <Card title={t('console.batches.title')}>
      {batches.length === 0 && <p className="weak">{t('console.batches.none')}</p>}
      {batches.length > 0 && (
        <div>
          {batches.map((batch) => (
            <BatchLine key={batch.seq} batch={batch} />
          ))}
        </div>
      )}
    </Card>
  );
}

function BatchLine({ batch }: { batch: Batch }) {
  const { t, name, number, count } = useWords();
  return (
    <details className="batch">
      <summary>
        <Sign kind={SIGNS[batch.state] ?? 'busy'} />
        <span className="batch-seq">{t('console.platform.batch', { seq: number(batch.seq) })}</span>
        <span>{name('console.batch_state', batch.state)}</span>
        <span className="weak">{count('console.batches.records', batch.records.length)}</span>
        <span className="weak batch-at">
          <Moment at={batch.at ?? batch.sealed} />
        </span>
      </summary>
      {batch.reason && <p className="row-problem">{batch.reason}</p>}
      <p className="weak mono batch-id">{batch.msg_id}</p>
      {batch.records.map((record) => (
        <Record key={record.alert_id} record={record} />
      ))}
    </details>
  );
}
