import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';
import { Confidence } from '../parts/Confidence';
import { Frames } from '../parts/Frames';

/** What a machine said of itself, and where that stood. */
export function Facts({ facts }: { facts: Schema<'FactView'>[] }) {
  const { t, name } = useWords();
  return (
    <Card title={t('console.facts.title')}>
      {facts.length === 0 && <p className="weak">{t('console.facts.none')}</p>}
      {facts.length > 0 && (
        <ul className="fact-list">
          {facts.map((fact) => (
            <li key={`${fact.kind} ${fact.value}`}>
              <span className="fact-kind">{name('console.fact', fact.kind)}</span>
              <span className="fact-value">{fact.value}</span>
              <Confidence value={fact.confidence} />
              {fact.contested && <span className="fact-contested">{t('console.facts.contested')}</span>}
              <span className="fact-source weak">
                {t('console.facts.source', { source: fact.source })} · <Frames capture={fact.capture} frames={fact.frames} />
              </span>
            </li>
          ))}
        </ul>
      )}
      <p className="weak">{t('console.facts.what')}</p>
    </Card>
  );
}
