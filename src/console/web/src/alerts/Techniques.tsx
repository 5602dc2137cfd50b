import { useWords } from '../app/words';
import { Card } from '../parts/Card';

/** The attack techniques of MITRE ATT&CK for ICS that an alert may belong to. */
export function Techniques({ ids }: { ids: string[] }) {
  const { t, name } = useWords();
  if (ids.length === 0) return null;
  return (
    <Card title={t('console.alert.techniques')}>
      <ul className="techniques">
        {ids.map((id) => {
          const known = name('console.technique', id);
          return (
            <li key={id}>
              <span className="mono technique-id">{id}</span> {known !== id && known}
            </li>
          );
        })}
      </ul>
      <p className="weak">{t('console.alert.techniques_what')}</p>
    </Card>
  );
}
