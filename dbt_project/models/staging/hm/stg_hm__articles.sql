with

snapshots as (

    select * from {{ source('hm', 'articles') }}

),

landings as (

    select landing_id from {{ source('hm', 'landings') }}

),

ranked as (

    select
        snapshots.*,
        row_number() over (
            partition by snapshots.article_id
            order by snapshots.landing_id desc
        ) as snapshot_rank
    from snapshots
    inner join landings on snapshots.landing_id = landings.landing_id

),

final as (

    select * except (snapshot_rank, landing_id)
    from ranked
    where snapshot_rank = 1

)

select * from final
