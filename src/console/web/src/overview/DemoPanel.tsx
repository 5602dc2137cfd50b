import { Button } from 'antd';
import { useState } from 'react';
import { post } from '../app/http';
import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';
import { Sign } from '../parts/Sign';

/** In the demo plant a person may stage an attack and watch what the sensor makes of it. */
export function DemoPanel({ demo }: { demo: Schema<'DemoState'> }) {
  const { t, say, error: sayError } = useWords();
  const [asked, setAsked] = useState<string | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const running = demo.running ?? null;

  const stage = async (name: string) => {
    setAsked(name);
    setProblem(null);
    try {
      await post('/api/v1/demo/attacks/{name}', { path: { name } });
    } catch (error) {
      setProblem(error);
    } finally {
      setAsked(null);
    }
  };

  return (
    <Card title={t('console.demo.title')} className="demo">
      <p className="weak">{t('console.demo.what')}</p>
      {problem !== null && <p role="alert">{sayError(problem)}</p>}
      <ul className="demo-attacks">
        {demo.attacks.map((attack) => (
          <li key={attack.name} className={attack.name === running ? 'demo-attack demo-running' : 'demo-attack'}>
            <div className="demo-what">
              <span className="mono weak">{attack.detection}</span> {say(attack.what)}
            </div>
            {attack.name === running ? (
              <span className="demo-state" role="status">
                <Sign kind="busy" /> {t('console.demo.running')}
              </span>
            ) : (
              <Button
                size="small"
                aria-label={t('console.demo.stage_named', { name: attack.detection })}
                disabled={running !== null || asked !== null}
                onClick={() => void stage(attack.name)}
              >
                {t('console.demo.stage')}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}
