import { useId, useRef, useState } from 'react';
import { postText } from '../app/http';
import { useWords } from '../app/words';

/** Takes over what another box learnt, beside what is known here. */
export function ImportBaseline({ onDone }: { onDone: () => void }) {
  const { t, count, error } = useWords();
  const [rows, setRows] = useState<number | null>(null);
  const [fault, setFault] = useState<unknown>(null);
  const input = useRef<HTMLInputElement>(null);
  const field = useId();
  const take = async (file: File | undefined) => {
    if (!file) return;
    setFault(null);
    await postText('/api/v1/baseline/file', {}, await file.text()).then((done) => (setRows(done.rows), onDone()), setFault);
    if (input.current) input.current.value = '';
  };
  return (
    <span className="import">
      <label htmlFor={field} className="file-link">
        {t('console.baseline.import')}
      </label>
      <input ref={input} id={field} type="file" className="visually-hidden" accept=".json" onChange={(event) => void take(event.target.files?.[0])} />
      {rows !== null && <span role="status"> {count('console.baseline.imported', rows)}</span>}
      {fault !== null && <span role="alert"> {error(fault)}</span>}
    </span>
  );
}
