import { Select } from 'antd';
import type { Filters } from '../app/filters';
import { useWords } from '../app/words';
import { Chips } from '../parts/Chips';
import { SearchField } from '../parts/SearchField';
import { SEVERITIES, SeverityShape } from '../parts/SeverityMark';
import { ORDERS, STATES, chosenOrder, chosenState } from './query';

export function AlertFilters({ filters }: { filters: Filters }) {
  const { t } = useWords();
  const severities = filters.value('severity').split(',').filter(Boolean);
  const toggle = (severity: string) => {
    const others = severities.filter((other) => other !== severity);
    filters.change({ severity: (severities.includes(severity) ? others : [...others, severity]).join(',') });
  };
  const severityOptions = SEVERITIES.map((severity) => ({
    value: severity,
    content: (
      <>
        <SeverityShape severity={severity} size={12} /> {t(`severity.${severity}`)}
      </>
    ),
  }));
  return (
    <div className="filters">
      <Chips
        label={t('console.alerts.state')}
        options={STATES.map((value) => ({ value, content: t(`console.state_filter.${value}`) }))}
        chosen={[chosenState(filters.value('state'))]}
        onChoose={(state) => filters.change({ state: state === 'open' ? '' : state })}
      />
      <Chips label={t('console.alerts.severity')} options={severityOptions} chosen={severities} onChoose={toggle} />
      <div className="filters-right">
        <SearchField label={t('console.alerts.search')} value={filters.value('search')} onSearch={(search) => filters.change({ search })} />
        <Select
          className="order-field"
          aria-label={t('console.order')}
          value={chosenOrder(filters.value('sort'))}
          options={ORDERS.map((value) => ({ value, label: t(`console.order.${value}`) }))}
          onChange={(sort) => filters.change({ sort: sort === 'last' ? '' : sort })}
        />
      </div>
    </div>
  );
}
