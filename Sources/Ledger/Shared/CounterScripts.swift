/// What runs inside of the Redis or Valkey server, so that it happens at once or not at all.
///
/// Keys, all of one server (a cluster would spread them, and is not supported): `sallyport:a:ACCOUNT` is a hash of
/// buckets (`b` and number) with the window `w` and the newest bucket `h`; `sallyport:r:ACCOUNT` what
/// each replica holds; `sallyport:l:REPLICA` is there while the replica lives; `sallyport:g:REPLICA:N` remembers what a
/// request was granted, for when the answer is lost; `sallyport:f:REPLICA:N` that a batch was booked. Every key
/// expires by itself. Numbers are exact up to 2^53, and sums stop there.
enum CounterScripts {
    static let reserve = 0
    static let book = 1
    static let cancel = 2
    static let all = [common + reserveText, common + bookText, common + cancelText]

    /// The largest number that a script can count.
    static let most: Int64 = 1 << 53 - 1

    private static let common = """
        local P, MOST = 'sallyport:', 9007199254740991
        local function num(v) return tonumber(v or '0') or 0 end
        local function txt(n) return string.format('%.0f', math.min(n, MOST)) end
        local function keep(key, ttl)
          if redis.call('PTTL', key) < ttl then redis.call('PEXPIRE', key, ttl) end
        end
        local function advance(id, window, bucket, depth, ttl)
          local key, newest, sum, amounts = P .. 'a:' .. id, -1, 0, {}
          local all, had = redis.call('HGETALL', key), nil
          for i = 1, #all, 2 do
            if all[i] == 'w' then had = all[i + 1]
            elseif all[i] == 'h' then newest = num(all[i + 1])
            elseif string.sub(all[i], 1, 1) == 'b' then amounts[num(string.sub(all[i], 2))] = num(all[i + 1]) end
          end
          if had and had ~= window then
            for _, amount in pairs(amounts) do sum = sum + amount end
            redis.call('DEL', key)
            amounts, newest = { [bucket] = sum }, bucket
            redis.call('HSET', key, 'b' .. txt(bucket), txt(sum))
          end
          newest = math.max(newest, bucket)
          sum = 0
          for number, amount in pairs(amounts) do
            if number < newest - depth then
              redis.call('HDEL', key, 'b' .. txt(number))
              amounts[number] = nil
            else sum = sum + amount end
          end
          redis.call('HSET', key, 'w', window, 'h', txt(newest))
          keep(key, ttl)
          return key, newest, math.min(sum, MOST), amounts
        end
        local function held(id)
          local key, sum = P .. 'r:' .. id, 0
          local all = redis.call('HGETALL', key)
          for i = 1, #all, 2 do
            if redis.call('EXISTS', P .. 'l:' .. all[i]) == 1 then sum = sum + num(all[i + 1])
            else redis.call('HDEL', key, all[i]) end
          end
          return key, sum
        end
        local function release(id, replica, amount)
          local key = P .. 'r:' .. id
          local now = redis.call('HGET', key, replica)
          if not now then return end
          local rest = num(now) - amount
          if rest > 0 then redis.call('HSET', key, replica, txt(rest)) else redis.call('HDEL', key, replica) end
        end

        """

    /// replica, number of the request, then for each line: account, window, bucket, depth, milliseconds to live,
    /// limit, wanted, least, staged. Gives `ok` and what was granted of each line; or `no`, the line from 0 and the
    /// bucket that must leave the window (-1: others hold it); or `dead` when the replica is not known to live; or
    /// `gone` when the request was given up before it came.
    private static let reserveText = """
        local replica, memo = ARGV[1], P .. 'g:' .. ARGV[1] .. ':' .. ARGV[2]
        if redis.call('EXISTS', P .. 'l:' .. replica) == 0 then return { 'dead' } end
        if redis.call('EXISTS', memo) == 1 then return { 'gone' } end
        local grants, answer, extra = {}, { 'ok' }, {}
        for line = 0, (#ARGV - 2) / 9 - 1 do
          local a = 2 + line * 9
          local id, depth, limit, wanted, least = ARGV[a + 1], num(ARGV[a + 4]), num(ARGV[a + 6]), num(ARGV[a + 7]), num(ARGV[a + 8])
          local _, newest, spent, amounts = advance(id, ARGV[a + 2], num(ARGV[a + 3]), depth, num(ARGV[a + 5]))
          local _, reserved = held(id)
          local free = math.max(0, limit - spent - reserved - (extra[id] or 0))
          local granted = math.min(wanted, free)
          if granted < least and ARGV[a + 9] ~= '1' then
            local left, leaving = spent, -1
            if spent > limit - least then
              for number = newest - depth, newest do
                left = left - (amounts[number] or 0)
                if left <= limit - least then leaving = number break end
              end
            end
            return { 'no', txt(line), txt(leaving) }
          end
          extra[id] = (extra[id] or 0) + granted
          grants[#grants + 1] = { id, granted, num(ARGV[a + 5]) }
          answer[#answer + 1] = txt(granted)
        end
        for _, grant in ipairs(grants) do
          local key = P .. 'r:' .. grant[1]
          redis.call('HSET', key, replica, txt(num(redis.call('HGET', key, replica)) + grant[2]))
          keep(key, grant[3] + 86400000)
          redis.call('RPUSH', memo, grant[1], txt(grant[2]))
        end
        redis.call('PEXPIRE', memo, 30000)
        return answer
        """

    /// replica, number of the batch, then for each entry: replica that holds, account, window, bucket, depth,
    /// milliseconds to live, amount spent (negative: taken back), amount no longer held. Gives 1, or 0 when the batch
    /// was booked before.
    private static let bookText = """
        if not redis.call('SET', P .. 'f:' .. ARGV[1] .. ':' .. ARGV[2], '1', 'NX', 'PX', 60000) then return 0 end
        for entry = 0, (#ARGV - 2) / 8 - 1 do
          local a = 2 + entry * 8
          local id, bucket, depth, spend = ARGV[a + 2], num(ARGV[a + 4]), num(ARGV[a + 5]), num(ARGV[a + 7])
          local key, newest, _, amounts = advance(id, ARGV[a + 3], bucket, depth, num(ARGV[a + 6]))
          if spend > 0 and bucket < newest - depth then spend = 0 end
          if spend ~= 0 and bucket >= newest - depth then
            redis.call('HSET', key, 'b' .. txt(bucket), txt(math.max(0, (amounts[bucket] or 0) + spend)))
          end
          if num(ARGV[a + 8]) > 0 then release(id, ARGV[a + 1], num(ARGV[a + 8])) end
        end
        return 1
        """

    /// replica, number of a request whose answer is lost: what it was granted comes back, and when it comes later
    /// than this, it is granted nothing.
    private static let cancelText = """
        local memo = P .. 'g:' .. ARGV[1] .. ':' .. ARGV[2]
        local grants = {}
        if redis.call('TYPE', memo).ok == 'list' then grants = redis.call('LRANGE', memo, 0, -1) end
        for i = 1, #grants, 2 do release(grants[i], ARGV[1], num(grants[i + 1])) end
        redis.call('SET', memo, '1', 'PX', 60000)
        return 1
        """
}
