import { Button } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router';
import { useAct } from '../app/act';
import { post, postText } from '../app/http';
import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';
import { Fault } from '../parts/Fault';
import { FileChoice } from '../parts/FileChoice';

type Check = Schema<'RuleCheck'>;

interface RuleUploadProps {
  files: string[];
  onChanged: () => void;
}

/** Brings a rule file: first it is checked, rule by rule; only then a person takes it into use. */
export function RuleUpload({ files, onChanged }: RuleUploadProps) {
  const { t, count } = useWords();
  const [chosen, setChosen] = useState<{ name: string; text: string } | null>(null);
  const [check, setCheck] = useState<Check | null>(null);
  const { busy, fault, act } = useAct();
  const send = (file: { name: string; text: string }, only: boolean) =>
    act(postText('/api/v1/rules/files/{name}', { path: { name: file.name }, query: { check: only } }, file.text), (told) => {
      setCheck(told);
      if (!told.kept) return;
      setChosen(null);
      onChanged();
    });
  const choose = async (file: File) => {
    const read = { name: file.name, text: await file.text() };
    setChosen(read);
    setCheck(null);
    await send(read, true);
  };
  const remove = (name: string) => {
    if (!window.confirm(t('console.rules.remove_sure', { name }))) return;
    void act(post('/api/v1/rules/files/{name}/remove', { path: { name } }), onChanged);
  };
  return (
    <Card title={t('console.rules.bring')} className="form-card" aside={<Link to="/analyses">{t('console.rules.try')}</Link>}>
      <div className="form-row">
        <FileChoice title={t('console.rules.choose')} accept=".rules,.yar,.yara" disabled={busy} onFile={(file) => void choose(file)} />
        {files.map((name) => (
          <span key={name} className="brought">
            <a href={`/api/v1/rules/files/${encodeURIComponent(name)}`} download={name} className="mono">
              {name}
            </a>
            <button type="button" className="text-button" aria-label={t('console.rules.remove', { name })} onClick={() => remove(name)}>
              <span aria-hidden="true">×</span>
            </button>
          </span>
        ))}
      </div>
      <Fault error={fault} />
      {check && (
        <div className="check" role="status">
          <p>
            {t(check.kept ? 'console.rules.kept' : 'console.rules.checked')} {count('console.rules.loads', check.loads)} · {count('console.rules.with_limit', check.limited)} ·{' '}
            {count('console.rules.refused', check.refused)}
          </p>
          <ul className="refusals">
            {check.rules
              .filter((rule) => rule.status !== 'loads')
              .map((rule, index) => (
                <li key={`${rule.line} ${index}`} className={`check-${rule.status}`}>
                  <span className="mono">
                    {t('console.rules.line', { line: rule.line })} {rule.name}
                  </span>{' '}
                  <strong>{t(`console.rule_status.${rule.status}`)}</strong> {rule.message} {rule.why.join('; ')}
                </li>
              ))}
          </ul>
          {chosen && !check.kept && (
            <Button type="primary" loading={busy} disabled={check.rules.length > 0 && check.loads + check.limited === 0} onClick={() => void send(chosen, false)}>
              {t('console.rules.use', { name: chosen.name })}
            </Button>
          )}
        </div>
      )}
    </Card>
  );
}
