import { useWords } from '../app/words';

/** Shown only after a moment, so that a quick answer does not flicker. */
export function Waiting() {
  const { t } = useWords();
  return (
    <p className="waiting weak" role="status">
      {t('console.loading')}
    </p>
  );
}
