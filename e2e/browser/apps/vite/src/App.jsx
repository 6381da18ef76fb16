import { SignInButton, SignUpButton, UserButton, useUser } from '@clerk/react';
import { Authenticated, AuthLoading, Unauthenticated, useQuery } from 'convex/react';
import { anyApi } from 'convex/server';

export default function App() {
  return (
    <>
      <AuthLoading>
        <p>Loading…</p>
      </AuthLoading>
      <Unauthenticated>
        <p>Nobody is signed in.</p>
        <SignInButton mode="modal" />
        <SignUpButton mode="modal" />
      </Unauthenticated>
      <Authenticated>
        <UserButton />
        <Content />
      </Authenticated>
    </>
  );
}

function Content() {
  const { user } = useUser();
  const identity = useQuery(anyApi.users.current);
  return (
    <dl>
      <dt>Clerk says</dt>
      <dd data-testid="clerk">{user?.primaryEmailAddress?.emailAddress}</dd>
      <dt>Convex says</dt>
      <dd data-testid="convex">{identity?.email}</dd>
    </dl>
  );
}
