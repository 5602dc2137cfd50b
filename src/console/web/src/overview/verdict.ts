import type { Schema } from '../app/http';
import type { Words } from '../app/words';
import type { SignKind } from '../parts/Sign';

type Overview = Schema<'Overview'>;

/** A state in plain words. */
export interface Verdict {
  kind: SignKind;
  text: string;
  more: string;
}

/** A port that heard nothing for so long has probably lost its mirror; milliseconds. */
const SILENT = 60_000;
/** From this share on, what is missed is more than a nuisance. */
const SERIOUS = 0.01;

/** Shares from which on the mirror is set up wrong, as SEN-03 has them; of fewer connections a share says nothing. */
const ONE_SIDED = 0.8;
const DOUBLED = 0.1;
const FEW = 5;

/** Does the sensor see what it should; the gravest trouble first. */
export function sensorVerdict(words: Words, overview: Overview, now: number): Verdict {
  const { t, number } = words;
  const { ports, seen } = overview;
  const more = t('console.sensor.more', {
    packets: number(seen.packets),
    assets: number(overview.assets),
    links: number(overview.links),
  });
  const down = ports.filter((port) => !port.up).map((port) => port.interface);
  if (ports.length > 0 && down.length === ports.length) return { kind: 'bad', text: t('console.sensor.all_down'), more };
  if (down.length > 0) return { kind: 'bad', text: t('console.sensor.down', { ports: down.join(', ') }), more };
  if (seen.packets === 0) return { kind: 'notice', text: t('console.sensor.nothing'), more };

  const last = Math.max(...ports.map((port) => Date.parse(port.last_frame ?? overview.now)));
  if (ports.length > 0 && now - last > SILENT) {
    return { kind: 'bad', text: t('console.sensor.silent', { time: words.ago(new Date(last).toISOString(), now) }), more };
  }
  if (seen.heard_streams >= FEW && share(seen.one_sided_streams, seen.heard_streams) > ONE_SIDED) {
    return { kind: 'bad', text: t('console.sensor.one_direction'), more };
  }
  if (share(seen.duplicates, seen.packets) > DOUBLED) return { kind: 'notice', text: t('console.sensor.doubled'), more };
  const unseen = share(seen.unseen_bytes, seen.acked_bytes);
  const dropped = share(seen.kernel_drops, seen.packets + seen.kernel_drops);
  if (unseen > 0 || dropped > 0) {
    const missed = unseen > dropped ? words.percent(seen.unseen_bytes, seen.acked_bytes) : words.percent(seen.kernel_drops, seen.packets + seen.kernel_drops);
    return { kind: Math.max(unseen, dropped) >= SERIOUS ? 'bad' : 'notice', text: t('console.sensor.misses', { percent: missed }), more };
  }
  if (seen.dropped_events > 0) return { kind: 'bad', text: t('console.sensor.overloaded', { count: number(seen.dropped_events) }), more };
  if (share(seen.undecoded_bytes, seen.parsed_bytes + seen.undecoded_bytes) >= SERIOUS) {
    return { kind: 'notice', text: t('console.sensor.undecoded', { percent: words.percent(seen.undecoded_bytes, seen.parsed_bytes + seen.undecoded_bytes) }), more };
  }
  return { kind: 'good', text: t('console.sensor.good'), more };
}

export function learningVerdict({ t }: Words, stages: Schema<'StageView'>[]): Verdict {
  const learning = stages.filter((stage) => stage.mode === 'learning');
  if (learning.length === 0) return { kind: 'good', text: t('console.learning.done'), more: t('console.learning.done_more') };
  const progress = Math.floor(stages.reduce((sum, stage) => sum + stage.progress, 0) / stages.length);
  return { kind: 'busy', text: t('console.learning.progress', { percent: progress }), more: t('console.learning.progress_more') };
}

export function alertsVerdict({ t, count }: Words, alerts: Schema<'OpenAlerts'>): Verdict {
  const open = alerts.critical + alerts.high + alerts.medium + alerts.low + alerts.info;
  if (open === 0) return { kind: 'good', text: t('console.alerts.none_open'), more: t('console.alerts.none_open_more') };
  const more = count('console.alerts.open', open);
  if (alerts.new === 0) return { kind: 'good', text: t('console.alerts.all_acknowledged'), more };
  return { kind: alerts.critical + alerts.high > 0 ? 'bad' : 'notice', text: count('console.alerts.need', alerts.new), more };
}

function share(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0;
}
