import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import type { Words } from '../app/words';
import { Card } from '../parts/Card';
import { ShareBar } from '../parts/ShareBar';
import { Sign } from '../parts/Sign';
import type { SignKind } from '../parts/Sign';

interface Line {
  kind: SignKind;
  name: string;
  value: string;
  what: string;
}

/** What the sensor saw, and what it did not: said here and not in a log. */
export function Health({ seen }: { seen: Schema<'SeenView'> }) {
  const words = useWords();
  const { t, percent, bytes } = words;
  const read = seen.parsed_bytes + seen.undecoded_bytes;
  return (
    <Card title={t('console.health.title')} aside={<span className="weak">{t('console.health.since_start')}</span>}>
      <div className="health-bars">
        <div>
          <p>{t('console.health.seen', { percent: percent(seen.acked_bytes - seen.unseen_bytes, seen.acked_bytes), bytes: bytes(seen.acked_bytes) })}</p>
          <ShareBar lost={seen.unseen_bytes} whole={seen.acked_bytes} label={t('console.health.unseen')} />
        </div>
        <div>
          <p>{t('console.health.read', { percent: percent(seen.parsed_bytes, read), bytes: bytes(read) })}</p>
          <ShareBar lost={seen.undecoded_bytes} whole={read} label={t('console.health.undecoded')} />
        </div>
      </div>
      <ul className="health-lines">
        {lines(words, seen).map((line) => (
          <li key={line.name}>
            <Sign kind={line.kind} />
            <span className="health-name">{line.name}</span>
            <span className="health-value">{line.value}</span>
            <span className="health-what weak">{line.what}</span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function lines({ t, number, bytes, percent }: Words, seen: Schema<'SeenView'>): Line[] {
  const unlessNone = (value: number): SignKind => (value > 0 ? 'notice' : 'good');
  const rare = [
    { name: t('console.health.truncated'), value: seen.truncated, what: t('console.health.truncated_what') },
    { name: t('console.health.evicted'), value: seen.evicted_flows, what: t('console.health.evicted_what') },
    { name: t('console.health.dropped_events'), value: seen.dropped_events, what: t('console.health.dropped_events_what') },
  ];
  const mirror: Line[] = [
    {
      kind: seen.one_sided_streams * 5 > seen.heard_streams * 4 ? 'bad' : 'notice',
      name: t('console.health.one_sided'),
      value: percent(seen.one_sided_streams, seen.heard_streams),
      what: t('console.health.one_sided_what'),
    },
    {
      kind: seen.duplicates * 10 > seen.packets ? 'bad' : 'notice',
      name: t('console.health.duplicates'),
      value: percent(seen.duplicates, seen.packets),
      what: t('console.health.duplicates_what'),
    },
    {
      kind: 'bad',
      name: t('console.health.clock'),
      value: `${number(Math.round(seen.clock_step_ms / 1000))} s`,
      what: t('console.health.clock_what'),
    },
  ];
  const trouble = [seen.one_sided_streams, seen.duplicates, seen.clock_step_ms];
  return [
    {
      kind: unlessNone(seen.kernel_drops),
      name: t('console.health.kernel_drops'),
      value: number(seen.kernel_drops),
      what: t('console.health.kernel_drops_what'),
    },
    {
      kind: unlessNone(seen.unseen_bytes),
      name: t('console.health.unseen'),
      value: `${bytes(seen.unseen_bytes)} (${percent(seen.unseen_bytes, seen.acked_bytes)})`,
      what: t('console.health.unseen_what'),
    },
    {
      kind: unlessNone(seen.undecoded_bytes),
      name: t('console.health.undecoded'),
      value: bytes(seen.undecoded_bytes),
      what: t('console.health.undecoded_what'),
    },
    {
      // Encryption is no fault: it only bounds what can be said.
      kind: 'good',
      name: t('console.health.encrypted'),
      value: number(seen.encrypted_messages),
      what: t('console.health.encrypted_what'),
    },
    ...mirror.filter((_, index) => (trouble[index] ?? 0) > 0),
    // Of what hardly ever happens only what did.
    ...rare.filter((line) => line.value > 0).map((line): Line => ({ ...line, kind: 'notice', value: number(line.value) })),
  ];
}
