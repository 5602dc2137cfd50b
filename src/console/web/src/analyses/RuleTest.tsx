import { Button, Input } from 'antd';
import { useId, useState } from 'react';
import { post } from '../app/http';
import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';
import { Frames } from '../parts/Frames';

/** Rules tried against this capture; nothing of them is kept. */
export function RuleTest({ id }: { id: number }) {
  const { t, error, count, number } = useWords();
  const [rules, setRules] = useState('');
  const [result, setResult] = useState<Schema<'RuleTest'> | null>(null);
  const [fault, setFault] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const field = useId();
  const run = async () => {
    setBusy(true);
    setFault(null);
    await post('/api/v1/analyses/{id}/rules', { path: { id }, body: { rules } }).then(setResult, setFault).finally(() => setBusy(false));
  };
  return (
    <Card title={t('console.rule_test.title')}>
      <label htmlFor={field} className="weak">
        {t('console.rule_test.what')}
      </label>
      <Input.TextArea id={field} className="mono" rows={5} value={rules} spellCheck={false} onChange={(event) => setRules(event.target.value)} />
      <div className="form-row">
        <Button type="primary" loading={busy} disabled={rules.trim() === ''} onClick={() => void run()}>
          {t('console.rule_test.run')}
        </Button>
      </div>
      {fault !== null && (
        <p role="alert" className="row-problem">
          {error(fault)}
        </p>
      )}
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
                <span className="mono">{match.name}</span> <strong>{match.message}</strong> {match.client} → {match.server} · {count('console.times', match.count)} ·{' '}
                {match.frames.length > 0 ? <Frames capture="" frames={match.frames} /> : number(0)}
              </li>
            ))}
          </ul>
        </div>
      )}
    </Card>
  );
}
