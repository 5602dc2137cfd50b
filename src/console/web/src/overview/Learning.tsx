import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';
import { Ago } from '../parts/Moment';
import { Ring } from '../parts/Ring';

/** How far learning has come in each of its matters. */
export function Learning({ stages }: { stages: Schema<'StageView'>[] }) {
  const { t, count } = useWords();
  return (
    <Card title={t('console.learning.title')}>
      <ul className="stages">
        {stages.map((stage) => {
          const watching = stage.mode === 'watching';
          return (
            <li key={stage.scenario} className="stage">
              <Ring progress={stage.progress} done={watching} label={t(`scenario.${stage.scenario}`)} />
              <div>
                <p>
                  <strong>{t(`scenario.${stage.scenario}`)}</strong> <span className={`mode mode-${stage.mode}`}>{t(`mode.${stage.mode}`)}</span>
                </p>
                <p className="weak">{t(`console.learning.${stage.scenario}`)}</p>
                <p className="weak">
                  {count('console.learning.news', stage.news)}
                  {stage.last_news && (
                    <>
                      {' · '}
                      {t('console.learning.last_news')} <Ago at={stage.last_news} />
                    </>
                  )}
                </p>
              </div>
            </li>
          );
        })}
      </ul>
    </Card>
  );
}
