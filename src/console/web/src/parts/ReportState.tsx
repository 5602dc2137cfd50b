import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { Ago } from './Moment';
import { Sign } from './Sign';
import type { SignKind } from './Sign';

type Status = Schema<'ReporterStatus'>;

/** How reporting does, in a sentence and its numbers. */
export function ReportState({ status }: { status: Status }) {
  const { t, number } = useWords();
  const { kind, key } = judged(status);
  return (
    <div className="report-state">
      <p>
        <Sign kind={kind} /> {t(key)}
      </p>
      {status.enabled && (
        <p className="weak">
          {t('console.report.counts', {
            alerts: number(status.waiting_alerts),
            batches: number(status.waiting_batches),
            accepted: number(status.accepted_batches),
          })}
          {' · '}
          {t('console.report.heartbeat')} {status.last_heartbeat ? <Ago at={status.last_heartbeat} /> : t('console.never')}
        </p>
      )}
      {status.enabled && status.last_error && (
        <p className="row-problem">
          {t('console.last_error')} <code>{status.last_error}</code>{' '}
          {status.next_attempt_seconds != null && t('console.report.next_attempt', { seconds: number(status.next_attempt_seconds) })}
        </p>
      )}
    </div>
  );
}

function judged(status: Status): { kind: SignKind; key: 'console.report.off' | 'console.report.failing' | 'console.report.joining' | 'console.report.on' } {
  if (!status.enabled) return { kind: 'good', key: 'console.report.off' };
  if (status.last_error) return { kind: 'bad', key: 'console.report.failing' };
  if (!status.registered) return { kind: 'busy', key: 'console.report.joining' };
  return { kind: 'good', key: 'console.report.on' };
}
