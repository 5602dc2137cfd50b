import { Button } from 'antd';
import { useState } from 'react';
import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';
import { Frames } from '../parts/Frames';
import { Sign } from '../parts/Sign';

interface EvidenceProps {
  id: string;
  evidence: Schema<'EvidenceView'>;
}

/** The packets behind an alert, so that anybody can check it. */
export function Evidence({ id, evidence }: EvidenceProps) {
  const { t, count, say } = useWords();
  return (
    <Card title={t('console.evidence.title')}>
      <dl className="facts facts-stacked">
        <div>
          <dt>{t('console.evidence.frames')}</dt>
          <dd>
            <Frames capture={evidence.capture} frames={evidence.frames} />
          </dd>
        </div>
        {evidence.available && (
          <div>
            <dt>{t('console.evidence.kept')}</dt>
            <dd>
              {count('console.evidence.packets', evidence.packets)}
              {!evidence.complete && (
                <span className="evidence-partial">
                  <Sign kind="notice" size={14} /> {t('console.evidence.partial')}
                </span>
              )}
            </dd>
          </div>
        )}
        {evidence.sha256 && (
          <div>
            <dt>SHA-256</dt>
            <dd>
              <Hash value={evidence.sha256} />
            </dd>
          </div>
        )}
      </dl>
      {evidence.available ? (
        <>
          <Button block href={`/api/v1/alerts/${encodeURIComponent(id)}/evidence`} download>
            {t('console.evidence.download')}
          </Button>
          <p className="weak">{t('console.evidence.what')}</p>
        </>
      ) : (
        <p className="weak">{evidence.lost ? say(evidence.lost) : t('console.evidence.none')}</p>
      )}
    </Card>
  );
}

function Hash({ value }: { value: string }) {
  const { t } = useWords();
  const [copied, setCopied] = useState(false);
  const copy = () => void navigator.clipboard.writeText(value).then(() => setCopied(true), () => undefined);
  return (
    <span className="hash">
      <code>{value}</code>
      <button type="button" className="text-button" onClick={copy}>
        <span aria-live="polite">{t(copied ? 'console.copied' : 'console.copy')}</span>
      </button>
    </span>
  );
}
