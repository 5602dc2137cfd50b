import { Button, Checkbox, Select } from 'antd';
import { useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { useAct } from '../app/act';
import { get, post } from '../app/http';
import type { Schema } from '../app/http';
import { useLoad } from '../app/load';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';
import { Fault } from '../parts/Fault';

type Detail = Schema<'AssetDetail'>;

interface EditingProps {
  asset: Detail;
  onEdited: () => void;
}

/** Says that two entries are one machine, or that some addresses are another's; both can be taken back. */
export function Editing({ asset, onEdited }: EditingProps) {
  const { t } = useWords();
  const navigate = useNavigate();
  const [search, setSearch] = useState('');
  const [from, setFrom] = useState<string | null>(null);
  const [parts, setParts] = useState<string[]>([]);
  const { fault, act } = useAct();
  const query = { search, size: 20 };
  const found = useLoad(`merge ${search}`, (signal) => get('/api/v1/assets', { query, signal }));
  const others = (found.data?.items ?? []).filter((other) => other.id !== asset.id);
  const addresses = [...asset.ips, ...asset.macs];
  const merge = () => from && void act(post('/api/v1/assets/merge', { body: { into: asset.id, from } }), () => (setFrom(null), onEdited()));
  const split = () =>
    void act(post('/api/v1/assets/{id}/split', { path: { id: asset.id }, body: { addresses: parts } }), (made) => (setParts([]), onEdited(), void navigate(`/assets/${made.id}`)));
  return (
    <Card title={t('console.editing.title')} aside={<Link to="/edits">{t('console.edits.title')}</Link>}>
      <p className="weak">{t('console.editing.merge_what')}</p>
      <div className="form-line">
        <Select
          showSearch={{ filterOption: false, onSearch: setSearch }}
          allowClear
          className="grow"
          aria-label={t('console.editing.other')}
          placeholder={t('console.editing.other')}
          value={from}
          options={others.map((other) => ({ value: other.id, label: other.label }))}
          onChange={(id) => setFrom(id ?? null)}
        />
        <Button disabled={!from} onClick={merge}>
          {t('console.editing.merge')}
        </Button>
      </div>
      {addresses.length > 1 && (
        <>
          <p className="weak">{t('console.editing.split_what')}</p>
          <Checkbox.Group className="split-choice" aria-label={t('console.editing.split')} value={parts} options={addresses} onChange={setParts} />
          <Button disabled={parts.length === 0 || parts.length === addresses.length} onClick={split}>
            {t('console.editing.split')}
          </Button>
        </>
      )}
      <Fault error={fault} />
    </Card>
  );
}
