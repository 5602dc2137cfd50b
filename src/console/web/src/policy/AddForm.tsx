import { Button } from 'antd';
import type { ReactNode } from 'react';
import { useWords } from '../app/words';

interface AddFormProps {
  ready: boolean;
  onAdd: () => void;
  children: ReactNode;
}

/** Fields in a row, and the button that adds what they say. */
export function AddForm({ ready, onAdd, children }: AddFormProps) {
  const { t } = useWords();
  return (
    <div className="form-row">
      {children}
      <Button disabled={!ready} onClick={onAdd}>
        {t('console.policy.add')}
      </Button>
    </div>
  );
}

/** Takes one entry away. */
export function Remove({ name, onRemove }: { name: string; onRemove: () => void }) {
  const { t } = useWords();
  return (
    <button type="button" className="text-button" aria-label={`${t('console.baseline.remove')} ${name}`} onClick={onRemove}>
      {t('console.baseline.remove')}
    </button>
  );
}
