import { Button, Input } from 'antd';
import { useId, useState } from 'react';
import { useAct } from '../app/act';
import { post } from '../app/http';
import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';
import { Fault } from '../parts/Fault';
import { Frames } from '../parts/Frames';

/** Rules tried against this capture; nothing of them is kept. */
export function RuleTest({ id }: { id: number }) {
  const { t, count, number, say } = useWords();
  const [rules, setRules] = useState('');
  const [result, setResult] = useState<Schema<'RuleTest'> | null>(null);
  const { busy, fault, act } = useAct();
  const field = useId();
  const run = () => void act(post('/api/v1/analyses/{id}/rules', { path: { id }, body: { rules } }), setResult);
  return (
    <Card title={t('console.rule_test.title')}>
      <label htmlFor={field} className="weak">
        {t('console.rule_test.what')}
      </label>
      <Input.TextArea id={field} className="mono" rows={5} value={rules} spellCheck={false} onChange={(event) => setRules(event.target.value)} />
      <div className="form-row">
        <Button type="primary" loading={busy} disabled={rules.trim() === ''} onClick={run}>
          {t('console.rule_test.run')}
        </Button>
      </div>
      <Fault error={fault} />
      {result && (
        <div role="status" className="check">
          <p>
            {count('console.rules.loads', result.loaded)} · {count('console.rule_test.matched', result.matched.length)} · {count('console.analyses.frames', result.frames)}
            {result.cut && ` · ${t('console.rule_test.cut')}`}
          </p>
          <ul className="refusals">
            {result.refused.map((text) => (
              <li key={text} className="check-refused">
                {text}
              </li>
            ))}
            {result.matched.map((match, index) => (
              <li key={`${match.name} ${index}`}>
                <span className="mono">{match.name}</span> <strong>{say(match.message)}</strong> {match.client} → {match.server} · {count('console.times', match.count)} ·{' '}
                {match.frames.length > 0 ? <Frames capture="" frames={match.frames} /> : number(0)}
              </li>
            ))}
          </ul>
        </div>
      )}
    </Card>
  );
}
