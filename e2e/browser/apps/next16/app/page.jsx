'use client';

import { SignInButton, UserButton } from '@clerk/nextjs';
import { Authenticated, Unauthenticated } from 'convex/react';
import Link from 'next/link';

export default function Home() {
  return (
    <main>
      <Unauthenticated>
        <p>Nobody is signed in.</p>
        <SignInButton mode="modal" />
      </Unauthenticated>
      <Authenticated>
        <UserButton />
      </Authenticated>
      <Link href="/dashboard" prefetch={false}>Dashboard</Link>
    </main>
  );
}
