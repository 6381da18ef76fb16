'use client';

import { Authenticated, useQuery } from 'convex/react';
import { anyApi } from 'convex/server';

export default function Identity() {
  return (
    <Authenticated>
      <Current />
    </Authenticated>
  );
}

function Current() {
  const identity = useQuery(anyApi.users.current);
  return <p data-testid="convex">{identity?.email}</p>;
}
