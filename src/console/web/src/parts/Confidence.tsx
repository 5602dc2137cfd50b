import { useWords } from '../app/words';

/** How sure the sensor is; percent. */
export function Confidence({ value }: { value: number }) {
  const { t, percent } = useWords();
  return (
    <span className="confidence">
      <span className="confidence-bar" aria-hidden="true">
        <span style={{ width: `${value}%` }} />
      </span>
      <span className="visually-hidden">{t('console.confidence')} </span>
      {percent(value, 100)}
    </span>
  );
}
