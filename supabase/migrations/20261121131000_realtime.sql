-- Who may listen to the private channel of a user; nothing where there is no Realtime.
set local lock_timeout = '5s';

do $$
begin
  if to_regclass('realtime.messages') is null
    or to_regprocedure('realtime.topic()') is null then
    raise notice 'no Realtime here: no policy made';
    return;
  end if;
  execute $policy$
    create policy sessionpay_user_channel on realtime.messages for select to authenticated
      using (
        realtime.messages.extension = 'broadcast'
        and (select realtime.topic()) = 'user:' || (select auth.uid())::text
      )
  $policy$;
end
$$;
