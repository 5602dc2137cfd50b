import { Button } from 'antd';
import { useId, useRef, useState } from 'react';
import { post, postText } from '../app/http';
import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';

type Check = Schema<'RuleCheck'>;

interface RuleUploadProps {
  files: string[];
  onChanged: () => void;
}

/** Brings a rule file: first it is checked, rule by rule; only then a person takes it into use. */
export function RuleUpload({ files, onChanged }: RuleUploadProps) {
  const { t, error, count } = useWords();
  const [chosen, setChosen] = useState<{ name: string; text: string } | null>(null);
  const [check, setCheck] = useState<Check | null>(null);
  const [fault, setFault] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const field = useId();
  const send = async (file: { name: string; text: string }, only: boolean) => {
    setBusy(true);
    setFault(null);
    await postText('/api/v1/rules/files/{name}', { path: { name: file.name }, query: { check: only } }, file.text)
      .then((told) => {
        setCheck(told);
        if (told.kept) {
          setChosen(null);
          onChanged();
        }
      }, setFault)
      .finally(() => setBusy(false));
  };
  const choose = async (file: File | undefined) => {
    if (!file) return;
    const read = { name: file.name, text: await file.text() };
    setChosen(read);
    setCheck(null);
    await send(read, true);
    if (input.current) input.current.value = '';
  };
  const remove = (name: string) => {
    if (!window.confirm(t('console.rules.remove_sure', { name }))) return;
    void post('/api/v1/rules/files/{name}/remove', { path: { name } }).then(onChanged, setFault);
  };
  return (
    <Card title={t('console.rules.bring')} className="form-card">
      <div className="form-row">
        <label htmlFor={field} className="file-button">
          {t('console.rules.choose')}
          <input ref={input} id={field} type="file" className="visually-hidden" accept=".rules,.yar,.yara" disabled={busy} onChange={(event) => void choose(event.target.files?.[0])} />
        </label>
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
      {fault !== null && (
        <p role="alert" className="row-problem">
          {error(fault)}
        </p>
      )}
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
