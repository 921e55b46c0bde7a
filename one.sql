truncate sales_report; truncate penstock.sales_delta; checkpoint;
select pg_backend_pid() as pid \gset
\setenv BPID :pid
\! awk '{printf "%d ", $14+$15}' /proc/$BPID/stat
\copy sales_report from 'sales.csv' csv
\! awk '{printf "%d\n", $14+$15}' /proc/$BPID/stat
