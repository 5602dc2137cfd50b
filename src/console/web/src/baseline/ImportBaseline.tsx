import { useState } from 'react';
import { useAct } from '../app/act';
import { postText } from '../app/http';
import { useWords } from '../app/words';
import { Fault } from '../parts/Fault';
import { FileChoice } from '../parts/FileChoice';

/** Takes over what another box learnt, beside what is known here. */
export function ImportBaseline({ onDone }: { onDone: () => void }) {
  const { t, count } = useWords();
  const [rows, setRows] = useState<number | null>(null);
  const { busy, fault, act } = useAct();
  const take = async (file: File) => {
    setRows(null);
    await act(postText('/api/v1/baseline/file', {}, await file.text()), (done) => (setRows(done.rows), onDone()));
  };
  return (
    <>
      <FileChoice asLink title={t('console.baseline.import')} accept=".json" disabled={busy} onFile={(file) => void take(file)} />
      {rows !== null && <span role="status"> {count('console.baseline.imported', rows)}</span>}
      <Fault error={fault} />
    </>
  );
}
