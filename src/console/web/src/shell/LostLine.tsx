import { dateTime } from '../app/format';
import { useWords } from '../app/words';
import { useLive } from '../live/live';
import { Sign } from '../parts/Sign';

/** Says plainly that what is shown may be old. */
export function LostLine() {
  const { t } = useWords();
  const { lostSince } = useLive();
  return (
    <div role="status">
      {lostSince !== null && (
        <p className="lost-line">
          <Sign kind="bad" /> {t('console.lost', { time: dateTime(new Date(lostSince).toISOString()).slice(11) })}
        </p>
      )}
    </div>
  );
}
