'use client';

import { SignInButton, SignUpButton, UserButton, useUser } from '@clerk/nextjs';
import { Authenticated, AuthLoading, Unauthenticated } from 'convex/react';
import Link from 'next/link';
import Identity from '../components/Identity';

export default function Home() {
  const { user } = useUser();
  return (
    <main>
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
        <p data-testid="clerk">{user?.primaryEmailAddress?.emailAddress}</p>
        <Identity />
      </Authenticated>
      <Link href="/dashboard" prefetch={false}>Dashboard</Link>
    </main>
  );
}
