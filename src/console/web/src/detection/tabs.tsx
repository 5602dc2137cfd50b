import { SubNav } from '../parts/SubNav';

/** What is detected: by our own detections, by rules, what is held back, and what of ATT&CK that covers. */
export function DetectionTabs() {
  return (
    <SubNav
      label="console.detection.title"
      links={[
        { to: '/catalogue', title: 'console.catalogue.title' },
        { to: '/rules', title: 'console.rules.title' },
        { to: '/suppressions', title: 'console.quiet.title' },
        { to: '/coverage', title: 'console.coverage.title' },
      ]}
    />
  );
}
