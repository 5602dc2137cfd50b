import type { ReactNode } from 'react';
import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';
import { Ago, Moment } from '../parts/Moment';

interface PlatformProps {
  status: Schema<'ReporterStatus'>;
  batches: Schema<'BatchView'>[];
}

/** To whom it is reported, and how far that has come. */
export function Platform({ status, batches }: PlatformProps) {
  const { t, number } = useWords();
  const accepted = batches.filter(({ state, at }) => state === 'accepted' && at);
  const last = accepted.reduce<Schema<'BatchView'> | null>((best, one) => (best && best.seq > one.seq ? best : one), null);
  const highest = Math.max(0, ...batches.map(({ seq }) => seq));
  const rows: { name: string; value: ReactNode }[] = [
    { name: t('console.platform.url'), value: status.url === '' ? t('console.none') : <span className="mono">{status.url}</span> },
    { name: t('console.platform.probe'), value: status.probe_id === '' ? t('console.none') : <span className="mono">{status.probe_id}</span> },
    { name: t('console.platform.registered'), value: t(status.registered ? 'console.yes' : 'console.no') },
    { name: t('console.platform.level'), value: t('console.platform.level_value', { level: status.level }) },
    { name: t('console.platform.heartbeat'), value: status.last_heartbeat ? <Ago at={status.last_heartbeat} /> : t('console.never') },
    { name: t('console.platform.queue'), value: t('console.platform.queue_value', { alerts: number(status.waiting_alerts), batches: number(status.waiting_batches) }) },
    { name: t('console.platform.sequence'), value: highest > 0 ? number(highest) : t('console.none') },
    {
      name: t('console.platform.acknowledged'),
      value: last?.at ? (
        <>
          {t('console.platform.batch', { seq: number(last.seq) })} · <Moment at={last.at} />
        </>
      ) : (
        t('console.never')
      ),
    },
  ];
  if (status.clock_offset_seconds != null && Math.abs(status.clock_offset_seconds) > 1) {
    rows.push({ name: t('console.platform.clock'), value: t('console.platform.clock_value', { seconds: number(status.clock_offset_seconds) }) });
  }
  return (
    <Card title={t('console.platform.title')}>
      <dl className="facts facts-stacked">
        {rows.map(({ name, value }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}
