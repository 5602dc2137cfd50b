import { useAct } from '../app/act';
import { post } from '../app/http';
import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';
import { Fault } from '../parts/Fault';
import { Ring } from '../parts/Ring';
import { Sparkline } from '../parts/Sparkline';

interface StagesProps {
  baseline: Schema<'BaselineView'>;
  onTurned: () => void;
}

/** Each matter with the curve of its news: it is flat for long enough, or not yet. */
export function Stages({ baseline, onTurned }: StagesProps) {
  const { t, number, count, duration } = useWords();
  const { rule, stages, late } = baseline;
  const { fault, act } = useAct();
  const turn = (scenario: Schema<'Scenario'>, learn: boolean) => void act(post('/api/v1/baseline/stage', { body: { scenario, learn } }), onTurned);
  return (
    <Card title={t('console.learning.title')}>
      <p className="weak">{t('console.baseline.rule', { quiet: duration(rule.quiet), patience: rule.patience })}</p>
      <Fault error={fault} />
      <ul className="stages baseline-stages">
        {stages.map((stage) => {
          const watching = stage.mode === 'watching';
          return (
            <li key={stage.scenario} className="stage">
              <Ring progress={stage.progress} done={watching} label={t(`scenario.${stage.scenario}`)} />
              <div>
                <p>
                  <strong>{t(`scenario.${stage.scenario}`)}</strong> <span className={`mode mode-${stage.mode}`}>{t(`mode.${stage.mode}`)}</span>
                </p>
                <p className="weak">
                  {count('console.learning.news', stage.news)} ·{' '}
                  {t('console.baseline.quiet', { quiet: duration(stage.quiet_seconds), wanted: duration(stage.wanted_quiet) })}
                </p>
              </div>
              <Sparkline values={stage.curve.news} room={Math.max(2, stage.curve.news.length)} label={t('console.baseline.curve', { scenario: t(`scenario.${stage.scenario}`) })} />
              <button type="button" className="text-button" onClick={() => turn(stage.scenario, watching)}>
                {t(watching ? 'console.baseline.learn_again' : 'console.baseline.watch_now')}
              </button>
            </li>
          );
        })}
      </ul>
      {late.length > 0 && (
        <p>
          {t('console.baseline.late')}{' '}
          {late.map((device) => (
            <span key={device.address} className="mono baseline-late">
              {device.address} {number(device.progress)}%
            </span>
          ))}
        </p>
      )}
    </Card>
  );
}
