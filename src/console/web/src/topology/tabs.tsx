import { SubNav } from '../parts/SubNav';

/** Who talks to whom: as a map, as a matrix, and what changed. */
export function TopologyTabs() {
  return (
    <SubNav
      label="console.topology.title"
      links={[
        { to: '/topology', title: 'console.topology.map' },
        { to: '/topology/matrix', title: 'console.matrix.title' },
        { to: '/topology/changes', title: 'console.changes.title' },
      ]}
    />
  );
}
