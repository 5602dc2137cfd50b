import { Segmented, Select } from 'antd';
import { Link } from 'react-router';
import { useAct } from '../app/act';
import { get, put } from '../app/http';
import type { Schema } from '../app/http';
import { useLoad } from '../app/load';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';
import { Fault } from '../parts/Fault';
import { Moment } from '../parts/Moment';

const PROFILES: Schema<'Profile'>[] = ['low', 'medium', 'high', 'paranoid'];
const MODES: Schema<'ZoneMode'>[] = ['strict', 'adaptive'];

/** Which deviations speak, and where. */
export function Policy() {
  const { t } = useWords();
  const policy = useLoad('policy', (signal) => get('/api/v1/policy', { signal }));
  const { fault, act } = useAct();
  const body = policy.data;
  if (!body) return null;
  const change = (part: Partial<Schema<'PolicyBody'>>) => void act(put('/api/v1/policy', { body: { ...body, ...part } }), (now) => policy.set(() => now));
  const zones = body.zones ?? [];
  const windows = body.windows ?? [];
  const setMode = (name: string, mode: Schema<'ZoneMode'>) => change({ zones: zones.map((zone) => (zone.name === name ? { ...zone, mode } : zone)) });
  return (
    <Card title={t('console.policy.title')} aside={<Link to="/policy">{t('console.policy.edit')}</Link>}>
      <Fault error={fault} />
      <Segmented
        block
        aria-label={t('console.policy.profile')}
        value={body.profile ?? 'medium'}
        options={PROFILES.map((value) => ({ value, label: t(`console.profile.${value}`) }))}
        onChange={(profile) => change({ profile })}
      />
      <p className="weak">{t(`console.profile_what.${body.profile ?? 'medium'}`)}</p>
      <h3>{t('console.policy.zones')}</h3>
      {zones.length === 0 && <p className="weak">{t('console.policy.no_zones')}</p>}
      <ul className="baseline-zones">
        {zones.map((zone) => (
          <li key={zone.name}>
            <span>
              <strong>{zone.name}</strong> <span className="mono weak">{zone.ranges.join(', ')}</span>
            </span>
            <Select
              size="small"
              aria-label={`${t('console.policy.mode')} ${zone.name}`}
              value={zone.mode ?? 'strict'}
              options={MODES.map((value) => ({ value, label: t(`console.zone_mode.${value}`) }))}
              onChange={(mode) => setMode(zone.name, mode)}
            />
          </li>
        ))}
      </ul>
      <h3>{t('console.policy.windows')}</h3>
      {windows.length === 0 && <p className="weak">{t('console.policy.no_windows')}</p>}
      <ul className="baseline-zones">
        {windows.map((window) => (
          <li key={window.name}>
            <span>
              <strong>{window.name}</strong> {window.zone}{' '}
              <span className="weak">
                <Moment at={window.from} /> – <Moment at={window.to} />
              </span>
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
