import { ClerkProvider, useAuth } from '@clerk/react';
import { ConvexReactClient } from 'convex/react';
import { ConvexProviderWithClerk } from 'convex/react-clerk';
import { createRoot } from 'react-dom/client';
import App from './App.jsx';
import SignInPage from './SignInPage.jsx';

// What the key alone does not say; a variable here, because one app stands for all configurations.
const props = JSON.parse(import.meta.env.VITE_CLERK_PROPS ?? '{}');
const Page = location.pathname === '/sign-in' ? SignInPage : App;

const convex = new ConvexReactClient(import.meta.env.VITE_CONVEX_URL);

createRoot(document.getElementById('root')).render(
  <ClerkProvider publishableKey={import.meta.env.VITE_CLERK_PUBLISHABLE_KEY} {...props}>
    <ConvexProviderWithClerk client={convex} useAuth={useAuth}>
      <Page />
    </ConvexProviderWithClerk>
  </ClerkProvider>,
);
