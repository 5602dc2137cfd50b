import { Button, Input } from 'antd';
import { useId, useState } from 'react';
import { Link } from 'react-router';
import { useAct } from '../app/act';
import { get, post } from '../app/http';
import type { Schema } from '../app/http';
import { useLoad } from '../app/load';
import { useWords } from '../app/words';
import { SuppressDialog } from '../detection/SuppressDialog';
import { Card } from '../parts/Card';
import { Fault } from '../parts/Fault';
import { Ago } from '../parts/Moment';
import { SeverityMark } from '../parts/SeverityMark';

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

/** Parts of the same story, and what else there is of the same machine. */
export function Related({ alert }: { alert: Detail }) {
  const { t, say } = useWords();
  const query = alert.incident ? { incident: alert.incident, size: 10 } : { asset: alert.server?.asset ?? alert.client?.asset ?? '', size: 10 };
  const list = useLoad(JSON.stringify(query), (signal) => get('/api/v1/alerts', { query, signal }));
  const rows = (list.data?.items ?? []).filter((row) => row.id !== alert.id);
  return (
    <Card title={t(alert.incident ? 'console.related.story' : 'console.related.machine')}>
      {rows.length === 0 && <p className="weak">{t('console.related.none')}</p>}
      <ul className="related">
        {rows.map((row) => (
          <li key={row.id}>
            <SeverityMark severity={row.severity} /> <Link to={`/alerts/${row.id}`}>{say(row.title)}</Link>{' '}
            <span className="weak">
              <Ago at={row.last} />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
