import { UserButton } from '@clerk/nextjs';
import { auth, currentUser } from '@clerk/nextjs/server';
import Identity from '../../components/Identity';

export default async function Dashboard() {
  const { userId } = await auth();
  const user = await currentUser();
  return (
    <main>
      <UserButton />
      <p data-testid="user">{userId}</p>
      <p data-testid="clerk">{user?.primaryEmailAddress?.emailAddress}</p>
      <Identity />
    </main>
  );
}
