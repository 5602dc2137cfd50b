import { useWords } from '../app/words';
import { Sign } from './Sign';

interface FailureProps {
  error: unknown;
  onRetry: () => void;
}

/** Something could not be loaded: why, and a way to try again. */
export function Failure({ error, onRetry }: FailureProps) {
  const { t, error: say } = useWords();
  return (
    <div className="failure" role="alert">
      <Sign kind="bad" />
      <span>{say(error)}</span>
      <button type="button" className="text-button" onClick={onRetry}>
        {t('console.retry')}
      </button>
    </div>
  );
}
