import { Input, Modal } from 'antd';
import { useId, useState } from 'react';
import { useAct } from '../app/act';
import { post } from '../app/http';
import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { Fault } from '../parts/Fault';

export type ClosingKind = Schema<'Closing'>;

const LONGEST = 2000;

interface CloseDialogProps {
  alert: Schema<'AlertDetail'>;
  /** As what; null while nothing is asked. */
  closing: ClosingKind | null;
  onDone: (alert: Schema<'AlertDetail'>) => void;
  onLeave: () => void;
}

/** Asks for the reason and says what will follow, before an alert is closed. */
export function CloseDialog({ alert, closing, onDone, onLeave }: CloseDialogProps) {
  const { t } = useWords();
  const [comment, setComment] = useState('');
  const { busy, fault, act, forget } = useAct();
  const field = useId();

  const leave = () => {
    forget();
    onLeave();
  };
  const close = async () => {
    if (closing === null) return;
    const body = { closing, comment: comment.trim() || null };
    await act(post('/api/v1/alerts/{id}/close', { path: { id: alert.id }, body }), (changed) => (leave(), onDone(changed)));
  };

  const kind = closing ?? 'normal';
  const follows = kind === 'incident' ? 'incident_what' : alert.learnable ? 'normal_what' : 'normal_nothing';
  return (
    <Modal
      open={closing !== null}
      title={t(`console.closing.${kind}`)}
      okText={t('console.closing.button')}
      okButtonProps={{ danger: kind === 'incident', loading: busy }}
      cancelText={t('console.cancel')}
      onOk={() => void close()}
      onCancel={leave}
    >
      <p>{t(`console.closing.${follows}`)}</p>
      <label htmlFor={field} className="dialog-label">
        {t('console.closing.comment')}
      </label>
      <Input.TextArea
        id={field}
        rows={3}
        maxLength={LONGEST}
        placeholder={t('console.closing.comment_hint')}
        value={comment}
        onChange={(event) => setComment(event.target.value)}
      />
      <Fault error={fault} />
    </Modal>
  );
}
