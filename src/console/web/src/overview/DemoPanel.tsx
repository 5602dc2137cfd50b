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
    <Card title={t('console.demo.title')}>
      <p className="weak">{t('console.demo.what')}</p>
      {problem !== null && (
        <p role="alert" className="row-problem">
          {sayError(problem)}
        </p>
      )}
      <ul className="demo-attacks">
        {demo.attacks.map((attack) => (
          <li key={attack.name}>
            <button type="button" className="demo-attack" disabled={running !== null || asked !== null} onClick={() => void stage(attack.name)}>
              <span className="mono demo-name">{attack.detection}</span>
              <span className="demo-what">{say(attack.what)}</span>
              {attack.name === running ? (
                <span className="demo-state">
                  <Sign kind="busy" size={14} /> {t('console.demo.running')}
                </span>
              ) : (
                <span className="demo-state">{t('console.demo.stage')}</span>
              )}
            </button>
          </li>
        ))}
      </ul>
    </Card>
  );
}
