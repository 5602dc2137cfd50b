import { dateTime } from '../app/format';
import { useWords } from '../app/words';
import { useNow } from '../live/now';

/** A time of the sensor, in the person's own zone; hovering shows it to the nanosecond as it was recorded. */
export function Moment({ at }: { at: string }) {
  return (
    <time dateTime={at} title={at} className="moment">
      {dateTime(at)}
    </time>
  );
}

/** How long ago. */
export function Ago({ at }: { at: string }) {
  const { ago } = useWords();
  const now = useNow();
  return (
    <time dateTime={at} title={dateTime(at)}>
      {ago(at, now)}
    </time>
  );
}
