import { Button, Input } from 'antd';
import { useId, useState } from 'react';
import { Link } from 'react-router';
import { useAct } from '../app/act';
import { post } from '../app/http';
import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { SuppressDialog } from '../detection/SuppressDialog';
import { Card } from '../parts/Card';
import { Fault } from '../parts/Fault';
import { Ago } from '../parts/Moment';

type Detail = Schema<'AlertDetail'>;

interface HandlingProps {
  alert: Detail;
  onChange: (alert: Detail) => void;
}

/** Who sees to an alert, what people wrote under it, and that nothing more of it shall be heard. */
export function Handling({ alert, onChange }: HandlingProps) {
  const { t } = useWords();
  const [text, setText] = useState('');
  const [assignee, setAssignee] = useState(alert.assignee ?? '');
  const { fault, act } = useAct();
  const [hushing, setHushing] = useState(false);
  const [hushed, setHushed] = useState(false);
  const field = useId();
  const path = { id: alert.id };
  const client = alert.client?.ip ?? alert.client?.mac ?? null;
  const server = alert.server?.ip ?? alert.server?.mac ?? null;
  return (
    <Card title={t('console.handling.title')}>
      <form
        className="form-line"
        onSubmit={(event) => {
          event.preventDefault();
          void act(post('/api/v1/alerts/{id}/assign', { path, body: { assignee: assignee.trim() || null } }), onChange);
        }}
      >
        <Input aria-label={t('console.handling.assignee')} placeholder={t('console.handling.assignee')} maxLength={64} value={assignee} onChange={(event) => setAssignee(event.target.value)} />
        <Button htmlType="submit" disabled={assignee.trim() === (alert.assignee ?? '')}>
          {t('console.handling.assign')}
        </Button>
      </form>
      {alert.comments.length > 0 && (
        <ol className="comments">
          {alert.comments.map((comment) => (
            <li key={comment.at}>
              <p className="weak">
                {comment.user} · <Ago at={comment.at} />
              </p>
              <p className="comment">{comment.text}</p>
            </li>
          ))}
        </ol>
      )}
      <label htmlFor={field} className="weak">
        {t('console.handling.comment')}
      </label>
      <Input.TextArea id={field} rows={2} maxLength={2000} value={text} onChange={(event) => setText(event.target.value)} />
      <Button block disabled={text.trim() === ''} onClick={() => void act(post('/api/v1/alerts/{id}/comment', { path, body: { text } }), (now) => (onChange(now), setText('')))}>
        {t('console.handling.write')}
      </Button>
      <Button block onClick={() => setHushing(true)}>
        {t('console.handling.suppress')}
      </Button>
      {hushed && (
        <p role="status">
          {t('console.handling.suppressed')} <Link to="/suppressions">{t('console.quiet.title')}</Link>
        </p>
      )}
      <Fault error={fault} />
      <SuppressDialog open={hushing} source={alert.name} client={client} server={server} onDone={() => (setHushing(false), setHushed(true))} onLeave={() => setHushing(false)} />
    </Card>
  );
}
