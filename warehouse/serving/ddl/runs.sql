-- One row per complete run; written after its rows were checked and before the pointer may name it.
-- A partition of a data table whose run is not here belongs to a publication that was cut short.
create table if not exists runs
(
    run            UInt32                  comment 'Number of the publication, 1 for the first; partition key of every data table',
    run_id         String                  comment 'As-of date and hash of everything published: the same content has the same id',
    as_of_date     Date                    comment 'First day that was not seen',
    created_at     DateTime64(3, 'UTC')    comment 'When the run was complete in the store',
    model_run      String                  comment 'Folder name of the training run that ranked it',
    code_version   String                  comment 'Version of the code that published it',
    metrics        String                  comment 'Figures known at publication, JSON',
    table_rows     Map(String, UInt64)     comment 'Rows sent and found, by table',
    landed_files   Array(String)           comment 'Names of the landed files it was learned from, in order of landing',
    landed_sha256  Array(String)           comment 'SHA-256 of each of landed_files',
    seconds        Float64                 comment 'Seconds the publication took'
)
engine = MergeTree
order by run
comment 'One row per complete run, with metrics and lineage'
