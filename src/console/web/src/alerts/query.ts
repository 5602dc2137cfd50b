import type { Filters } from '../app/filters';

export const PAGE_SIZE = 50;

/** States to choose from; without a choice whatever is still open is shown. */
export const STATES = ['open', 'new', 'acknowledged', 'closed', 'all'] as const;

export const ORDERS = ['last', '-last', 'first', '-first', 'severity', '-severity', 'count', '-count'] as const;

export interface AlertQuery {
  state: string;
  severity: string;
  search: string;
  sort: string;
  page: number;
  size: number;
}

/** The question to the sensor that an address stands for. */
export function queryOf({ value, page }: Filters): AlertQuery {
  const state = chosenState(value('state'));
  return {
    state: state === 'all' ? '' : state === 'open' ? 'new,acknowledged' : state,
    severity: value('severity'),
    search: value('search'),
    sort: chosenOrder(value('sort')),
    page,
    size: PAGE_SIZE,
  };
}

export function chosenState(text: string): (typeof STATES)[number] {
  return STATES.find((state) => state === text) ?? 'open';
}

export function chosenOrder(text: string): (typeof ORDERS)[number] {
  return ORDERS.find((order) => order === text) ?? 'last';
}
