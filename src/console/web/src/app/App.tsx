import { Suspense, lazy, useEffect } from 'react';
import { Route, Routes, useNavigate } from 'react-router';
import { Login } from '../doors/Login';
import { Setup } from '../doors/Setup';
import { Mishap } from './Mishap';
import { loginAddress } from './addresses';
import { onLoggedOut } from './http';

const Shell = lazy(() => import('../shell/Shell'));
const Overview = lazy(() => import('../overview/Overview'));
const Alerts = lazy(() => import('../alerts/Alerts'));
const AlertPage = lazy(() => import('../alerts/AlertPage'));
const Assets = lazy(() => import('../assets/Assets'));
const AssetPage = lazy(() => import('../assets/AssetPage'));
const Topology = lazy(() => import('../topology/Topology'));
const Baseline = lazy(() => import('../baseline/Baseline'));
const Matrix = lazy(() => import('../topology/Matrix'));
const Changes = lazy(() => import('../topology/Changes'));
const Edits = lazy(() => import('../assets/Edits'));
const PolicyPage = lazy(() => import('../policy/PolicyPage'));
const Catalogue = lazy(() => import('../detection/Catalogue'));
const Rules = lazy(() => import('../detection/Rules'));
const Quiet = lazy(() => import('../detection/Quiet'));
const Coverage = lazy(() => import('../detection/Coverage'));
const Analyses = lazy(() => import('../analyses/Analyses'));
const Analysis = lazy(() => import('../analyses/Analysis'));
const Report = lazy(() => import('../report/Report'));
const Nowhere = lazy(() => import('../shell/Nowhere'));

/** The two doors are plain and light; everything behind them is fetched when somebody comes in. */
export function App() {
  const navigate = useNavigate();
  useEffect(() => onLoggedOut(() => void navigate(loginAddress(location))), [navigate]);
  return (
    <Mishap>
      <Suspense>
        <Routes>
          <Route path="login" element={<Login />} />
          <Route path="setup" element={<Setup />} />
          <Route element={<Shell />}>
            <Route index element={<Overview />} />
            <Route path="alerts" element={<Alerts />} />
            <Route path="alerts/:id" element={<AlertPage />} />
            <Route path="assets" element={<Assets />} />
            <Route path="assets/:id" element={<AssetPage />} />
            <Route path="topology" element={<Topology />} />
            <Route path="baseline" element={<Baseline />} />
            <Route path="topology/matrix" element={<Matrix />} />
            <Route path="topology/changes" element={<Changes />} />
            <Route path="edits" element={<Edits />} />
            <Route path="policy" element={<PolicyPage />} />
            <Route path="catalogue" element={<Catalogue />} />
            <Route path="rules" element={<Rules />} />
            <Route path="suppressions" element={<Quiet />} />
            <Route path="coverage" element={<Coverage />} />
            <Route path="analyses" element={<Analyses />} />
            <Route path="analyses/:id" element={<Analysis />} />
            <Route path="report" element={<Report />} />
            <Route path="*" element={<Nowhere />} />
          </Route>
        </Routes>
      </Suspense>
    </Mishap>
  );
}
