import { useState } from 'react';
import { useAct } from '../app/act';
import { post } from '../app/http';
import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';
import { Fault } from '../parts/Fault';
import { Sign } from '../parts/Sign';

/** In the demo plant a person may stage an attack and watch what the sensor makes of it. */
export function DemoPanel({ demo }: { demo: Schema<'DemoState'> }) {
  const { t, say } = useWords();
  const [asked, setAsked] = useState<string | null>(null);
  const { fault, act } = useAct();
  const running = demo.running ?? null;

  const stage = async (name: string) => {
    setAsked(name);
    await act(post('/api/v1/demo/attacks/{name}', { path: { name } }));
    setAsked(null);
  };

  return (
    <Card title={t('console.demo.title')}>
      <p className="weak">{t('console.demo.what')}</p>
      <Fault error={fault} />
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
