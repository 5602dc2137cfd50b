import { Button } from 'antd';
import { useState } from 'react';
import { useAct } from '../app/act';
import { post } from '../app/http';
import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';
import { Fault } from '../parts/Fault';
import { Sign } from '../parts/Sign';
import { CloseDialog } from './CloseDialog';
import type { ClosingKind } from './CloseDialog';

type Detail = Schema<'AlertDetail'>;

interface ClosingProps {
  alert: Detail;
  onChange: (alert: Detail) => void;
}

/** What a person decides about an alert. */
export function Closing({ alert, onChange }: ClosingProps) {
  const { t } = useWords();
  const [asking, setAsking] = useState<ClosingKind | null>(null);
  const { busy, fault, act } = useAct();

  const acknowledge = () => void act(post('/api/v1/alerts/{id}/acknowledge', { path: { id: alert.id } }), onChange);

  if (alert.state === 'closed') return <Closed alert={alert} />;
  return (
    <Card title={t('console.closing.title')} className="card-closing">
      {alert.state === 'new' ? (
        <>
          <Button block loading={busy} onClick={acknowledge}>
            {t('console.closing.acknowledge')}
          </Button>
          <p className="weak">{t('console.closing.acknowledge_what')}</p>
        </>
      ) : (
        <p>
          <Sign kind="busy" /> {t('console.closing.acknowledged')}
        </p>
      )}
      <Fault error={fault} />
      <Button block onClick={() => setAsking('normal')}>
        {t('console.closing.normal')}
      </Button>
      <Button block danger onClick={() => setAsking('incident')}>
        {t('console.closing.incident')}
      </Button>
      <CloseDialog alert={alert} closing={asking} onDone={onChange} onLeave={() => setAsking(null)} />
    </Card>
  );
}

function Closed({ alert }: { alert: Detail }) {
  const { t } = useWords();
  return (
    <Card title={t('console.closing.closed')} className="card-closing">
      <p>
        <Sign kind={alert.closing === 'incident' ? 'bad' : 'good'} /> {alert.closing ? t(`closing.${alert.closing}`) : t('state.closed')}
      </p>
      {alert.comment ? (
        <blockquote className="comment">
          <span className="visually-hidden">{t('console.closing.comment')}</span>
          {alert.comment}
        </blockquote>
      ) : (
        <p className="weak">{t('console.closing.no_comment')}</p>
      )}
    </Card>
  );
}
