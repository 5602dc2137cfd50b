import { useWords } from '../app/words';
import { Card } from '../parts/Card';

const MASKED = ['address', 'mac', 'name', 'content', 'outside', 'text'] as const;

/** What becomes of each kind of detail before it leaves. */
export function Masking() {
  const { t } = useWords();
  return (
    <Card title={t('console.masking.title')}>
      <dl className="masking">
        {MASKED.map((kind) => (
          <div key={kind}>
            <dt>{t(`console.masking.${kind}`)}</dt>
            <dd>{t(`console.masking.${kind}_how`)}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}
