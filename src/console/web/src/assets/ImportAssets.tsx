import { useState } from 'react';
import { useAct } from '../app/act';
import { postText } from '../app/http';
import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { Fault } from '../parts/Fault';
import { FileChoice } from '../parts/FileChoice';

/** Takes a table of machines in; each row that cannot be used is named with its reason. */
export function ImportAssets({ onDone }: { onDone: () => void }) {
  const { t, count } = useWords();
  const [told, setTold] = useState<Schema<'Imported'> | null>(null);
  const { busy, fault, act } = useAct();
  const take = async (file: File) => {
    setTold(null);
    const format = file.name.toLowerCase().endsWith('.csv') ? 'csv' : 'json';
    await act(postText('/api/v1/assets/table', { query: { format } }, await file.text()), (done) => (setTold(done), onDone()));
  };
  return (
    <>
      <FileChoice asLink title={t('console.assets.import')} accept=".csv,.json" disabled={busy} onFile={(file) => void take(file)} />
      {told && (
        <span role="status" className="import-told">
          {count('console.import.added', told.added)} · {count('console.import.changed', told.changed)} · {count('console.import.refused', told.refused.length)}
          {told.refused.slice(0, 10).map((row) => (
            <span key={`${row.row} ${row.reason}`} className="row-sub">
              {t('console.rules.line', { line: row.row })} {row.reason}
            </span>
          ))}
        </span>
      )}
      <Fault error={fault} />
    </>
  );
}
